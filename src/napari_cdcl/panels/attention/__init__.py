"""The Attention panel: where the network looks, over the field on display."""
