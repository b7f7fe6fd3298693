"""Laboratory results, cases, interviews, sightings, contacts and the tracing that finds them."""
