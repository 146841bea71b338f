package dev.kelpie.cli.terminal;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Objects;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The version of this build. */
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

  @Override
  public String[] getVersion() {
    return new String[] {
      String.format(
          Locale.ROOT,
          "Kelpie %s (commit %s), Java %s, %s %s",
          number(),
          commit(),
          System.getProperty("java.version"),
          System.getProperty("os.name"),
          System.getProperty("os.arch"))
    };
  }
}
