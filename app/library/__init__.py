"""The library: the contract's operations as functions of arrays, answered in this process."""
