"""The main job on made-up or real data, between two sandboxes on this machine: `hub demo`."""
