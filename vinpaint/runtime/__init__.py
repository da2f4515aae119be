"""What the machine offers: devices, worker processes, threads, package versions."""
