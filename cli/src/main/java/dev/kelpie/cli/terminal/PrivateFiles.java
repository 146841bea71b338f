package dev.kelpie.cli.terminal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Creates files that only their owner may read, because they contain the token of a run's page. */
public final class PrivateFiles {
  private static final Set<PosixFilePermission> OWNER =
      PosixFilePermissions.fromString("rw-------");

  private PrivateFiles() {}

  /** Creates {@code file} if need be; only its owner may read it where file systems have owners. */
  public static void file(Path file) throws IOException {
    if (!file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      return;
    }
    if (Files.exists(file)) {
      Files.setPosixFilePermissions(file, OWNER);
    } else {
      Files.createFile(file, PosixFilePermissions.asFileAttribute(OWNER));
    }
  }
}
