package dev.kelpie.cli.terminal;

import ai.djl.util.Platform;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The version of this build, and what it runs on. */
public final class Version implements IVersionProvider {
  /** The commit, {@code unknown} outside a clone. */
  public static String commit() {
    return System.getProperty("kelpie.commit", "unknown");
  }

  /** The Maven version. */
  public static String number() {
    Properties properties = new Properties();
    try (InputStream resource =
        Objects.requireNonNull(Version.class.getResourceAsStream("version.properties"))) {
      properties.load(resource);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties.getProperty("version");
  }

  /** The line of the build, for whoever asks picocli; {@link #lines} has the rest. */
  @Override
  public String[] getVersion() {
    return new String[] {build()};
  }

  private static String build() {
    return String.format(
        Locale.ROOT,
        "Kelpie %s (commit %s), Java %s, %s %s",
        number(),
        commit(),
        System.getProperty("java.version"),
        System.getProperty("os.name"),
        System.getProperty("os.arch"));
  }

  /** The build, the JDK, libtorch, the processor and the system, a line each. */
  static List<String> lines() {
    return List.of(
        build(),
        String.format(
            Locale.ROOT,
            "JDK: %s %s (%s), %s",
            System.getProperty("java.vm.name"),
            System.getProperty("java.vm.version"),
            System.getProperty("java.vendor"),
            System.getProperty("java.home")),
        "libtorch: " + libtorch() + ", unpacked to " + NativeCache.libtorch(),
        "processor: " + Cores.ofThisMachine().line(),
        String.format(
            Locale.ROOT,
            "system: %s %s, %d MiB of memory, heap of at most %d MiB, file names in %s",
            System.getProperty("os.name"),
            System.getProperty("os.version"),
            UsableMemory.bytes() >> 20,
            Runtime.getRuntime().maxMemory() >> 20,
            System.getProperty("sun.jnu.encoding", "UTF-8")));
  }

  /** The version of libtorch that comes with this build, read without loading it. */
  static String libtorch() {
    try {
      Platform platform = Platform.detectPlatform("pytorch");
      return platform.getVersion() + " " + platform.getFlavor();
    } catch (RuntimeException e) { // there is none for this platform
      return "none for this platform";
    }
  }
}
