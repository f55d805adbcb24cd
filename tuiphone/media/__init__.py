"""Sound and picture of calls: WebRTC peers, what is received and sent, and the sound card."""
