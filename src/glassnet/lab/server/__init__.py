"""The lab over a WebSocket: the page's files, the gate, a thread for each session."""
