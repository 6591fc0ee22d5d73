"""One file per revision; run by `hub.store.migrate` on the branch "log"."""
