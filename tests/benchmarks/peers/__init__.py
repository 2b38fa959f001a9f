"""The same sigmoid endpoint, written otherwise: what the service is measured against."""
