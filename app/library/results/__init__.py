"""What operations answer: frozen values with the contract's field names that show themselves in a notebook."""
