"""One module a resource. A handler reads the request, calls the client, and answers; it decides nothing."""
