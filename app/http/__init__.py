"""The HTTP protocol: connections, middleware, routes, requests, responses, problem types, OpenAPI."""
