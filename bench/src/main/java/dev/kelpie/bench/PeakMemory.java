package dev.kelpie.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Resident memory of this process, as the operating system counts it. */
public final class PeakMemory {
  private PeakMemory() {}

  /** The largest resident size so far in MiB, or -1 where the system does not tell. */
  public static long peakMib() {
    return statusMib("VmHWM:");
  }

  /** The resident size now in MiB, or -1 where the system does not tell. */
  public static long residentMib() {
    return statusMib("VmRSS:");
  }

  private static long statusMib(String key) {
    Path status = Path.of("/proc/self/status");
    if (!Files.isReadable(status)) {
      return -1;
    }
    try {
      for (String line : Files.readAllLines(status)) {
        if (line.startsWith(key)) {
          return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
        }
      }
    } catch (IOException e) {
      return -1;
    }
    return -1;
  }
}
