"""What a request is, what an answer means, and what follows a failure, as pure rules."""
