"""The Explore panel: scatters and galleries of profiles, linked with the images."""
