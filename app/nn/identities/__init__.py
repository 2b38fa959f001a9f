"""What the sheet asks to be shown, step by step, and checked on the service's own functions."""
