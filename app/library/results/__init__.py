"""What operations answer: frozen values of the contract's fields that show themselves in a notebook."""
