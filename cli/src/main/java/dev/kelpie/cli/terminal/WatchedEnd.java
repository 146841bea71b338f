package dev.kelpie.cli.terminal;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reports to the launcher that the process ends by itself. Under a limit of memory the launcher
 * watches a pipe that this process holds open; without this report it names the kill that the limit
 * caused.
 */
public final class WatchedEnd {
  private WatchedEnd() {}

  /** Reports the end, if somebody watches. */
  public static void report() {
    String pipe = System.getProperty("kelpie.watch", "");
    try {
      // any other file under this name is not the launcher's
      if (pipe.isEmpty() || !Files.readSymbolicLink(Path.of(pipe)).toString().startsWith("pipe:")) {
        return;
      }
      try (FileOutputStream out = new FileOutputStream(pipe)) {
        out.write("ended\n".getBytes(StandardCharsets.UTF_8));
      }
    } catch (IOException e) {
      // nobody watches any more
    }
  }
}
