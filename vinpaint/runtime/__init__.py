"""Use of the machine: devices, worker processes, threads, progress bar, package versions."""
