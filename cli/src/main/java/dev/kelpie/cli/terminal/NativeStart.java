package dev.kelpie.cli.terminal;

import dev.kelpie.tensors.NativeMemory;

/** Loads libtorch beside other work. */
public final class NativeStart {
  private NativeStart() {}

  /**
   * Begins to load libtorch while files are read, unless it must be unpacked first: a command that
   * is refused unpacks nothing, and none ends while it unpacks.
   */
  public static void inBackground() {
    if (NativeCache.hasLibtorch()) {
      NativeMemory.startInBackground();
    }
  }
}
