package dev.kelpie.cli.terminal;

import ai.djl.util.Utils;
import dev.kelpie.runs.FileTree;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * The folder into which native libraries are unpacked: what {@code ENGINE_CACHE_DIR} or {@code
 * DJL_CACHE_DIR} names, else {@code .djl.ai} in the user's home, else in {@code HOME}, else a
 * folder of this user alone among the temporary files. A folder there that others may write to is
 * never used: whoever can replace a library runs code as this user.
 */
public final class NativeCache {
  /** The property of DJL that names the folder; processes of a cluster are given it. */
  public static final String KEY = "DJL_CACHE_DIR";

  private static final int MOST_NAMES = 9;
  private static final String NAME = ".djl.ai";

  private NativeCache() {}

  /** Chooses the folder for this process, before anything is unpacked. */
  public static void choose() {
    chosen(System.getenv(), System.getProperties())
        .ifPresent(folder -> System.setProperty(KEY, folder.toString()));
    if (!Path.of(System.getProperty("user.home", "")).isAbsolute()) {
      // for a user without a home JNA would make a folder called ? in the working folder
      System.setProperty("jna.tmpdir", System.getProperty("java.io.tmpdir", "/tmp"));
    }
  }

  /** The folder to set; empty where the user has named one. */
  static Optional<Path> chosen(Map<String, String> environment, Properties properties) {
    for (String key : new String[] {"ENGINE_CACHE_DIR", KEY}) {
      if (!environment.getOrDefault(key, "").isEmpty()
          || !properties.getProperty(key, "").isEmpty()) {
        return Optional.empty();
      }
    }
    return Stream.of(properties.getProperty("user.home", ""), environment.getOrDefault("HOME", ""))
        .flatMap(home -> inHome(home).stream())
        .findFirst()
        .or(() -> temporary(properties.getProperty("java.io.tmpdir", "/tmp")));
  }

  private static Optional<Path> inHome(String home) {
    try {
      Path folder = Path.of(home);
      Path cache = folder.resolve(NAME);
      boolean usable = isFilled(cache) || Files.isWritable(Files.exists(cache) ? cache : folder);
      return folder.isAbsolute() && usable ? Optional.of(cache) : Optional.empty();
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  /**
   * A folder that this user alone can write to; empty where there can be none. It is the first of
   * {@value #MOST_NAMES} names that nobody else has taken, the same at each start; where all are
   * taken, it is a new one that is deleted when this process ends.
   */
  private static Optional<Path> temporary(String parent) {
    try {
      Path probe = Files.createTempFile(Path.of(parent), "kelpie", "");
      Object user = owner(probe);
      Files.delete(probe);
      for (int number = 1; number <= MOST_NAMES; number++) {
        String name = "kelpie-" + user + (number == 1 ? "" : "-" + number);
        Path folder = Path.of(parent, name);
        if (isOwn(folder, user)) {
          return Optional.of(folder);
        }
      }
      Path folder = Files.createTempDirectory(Path.of(parent), "kelpie-" + user + "-");
      deleteAtEnd(folder);
      return Optional.of(folder);
    } catch (IOException | UnsupportedOperationException | InvalidPathException e) {
      return Optional.empty(); // unpacking will meet the same obstacle and say so
    }
  }

  /** Whether {@code folder}, made where it does not exist, belongs to {@code user} alone. */
  private static boolean isOwn(Path folder, Object user) throws IOException {
    var own = PosixFilePermissions.fromString("rwx------");
    try {
      Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(own));
      return true;
    } catch (FileAlreadyExistsException e) {
      return Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
          && owner(folder).equals(user)
          && Files.getPosixFilePermissions(folder).equals(own);
    }
  }

  private static void deleteAtEnd(Path folder) {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  try {
                    FileTree.delete(folder);
                  } catch (IOException e) {
                    System.err.println("kelpie: cannot delete " + folder + ": " + e.getMessage());
                  }
                },
                "kelpie-native-cache"));
  }

  private static Object owner(Path file) throws IOException {
    return Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS);
  }

  /** Whether {@code cache} holds libtorch and the tokenizers. */
  private static boolean isFilled(Path cache) {
    return has(cache.resolve("pytorch"), "libtorch_cpu")
        && has(cache.resolve("tokenizers"), "libtokenizers");
  }

  /** Whether libtorch is unpacked. */
  static boolean hasLibtorch() {
    return has(libtorch(), "libtorch_cpu");
  }

  /** Whether the tokenizers are unpacked. */
  static boolean hasTokenizers() {
    return has(tokenizers(), "libtokenizers");
  }

  static Path libtorch() {
    return Utils.getEngineCacheDir("pytorch");
  }

  static Path tokenizers() {
    return Utils.getEngineCacheDir("tokenizers");
  }

  private static boolean has(Path cache, String library) {
    if (!Files.isDirectory(cache)) {
      return false;
    }
    try (Stream<Path> files = Files.walk(cache, 2)) {
      return files.anyMatch(
          file -> file.getFileName().toString().matches(library + "\\.(so|dylib)"));
    } catch (IOException e) {
      return false; // unpacking will meet the same obstacle and say so
    }
  }
}
