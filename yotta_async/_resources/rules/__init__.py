"""What is concluded of what the server shows, by those who make, wait for and delete things."""
