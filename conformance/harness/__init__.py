"""What the conformance checks share: servers, people, requests, scenarios and their expectations."""
