package dev.kelpie.cli.terminal;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.OptionalLong;

/** The memory that this process may use: the machine's, or less by a limit of a control group. */
public final class UsableMemory {
  private UsableMemory() {}

  /** Bytes of memory without swap space. */
  public static long bytes() {
    return atMost(system().getTotalMemorySize(), ControlGroups.ofThisProcess().limit());
  }

  /** Bytes of memory and swap space. */
  public static long bytesWithSwap() {
    return bytes() + Math.max(0, system().getTotalSwapSpaceSize());
  }

  /** The JVM's own answer leaves out limits of groups above the innermost one of version 2. */
  static long atMost(long bytes, OptionalLong limit) {
    return Math.min(bytes, limit.orElse(bytes));
  }

  private static OperatingSystemMXBean system() {
    return (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  }
}
