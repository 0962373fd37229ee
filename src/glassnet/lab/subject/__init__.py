"""What is trained in the lab: the data, the network, and how a person sets them."""
