package dev.kelpie.cli.pack;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.function.LongConsumer;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Writes files as a tar archive whose bytes depend on names, modes and contents alone. */
public final class Tar {
  private static final int BUFFER_BYTES = 1 << 16;

  private Tar() {}

  /**
   * Writes {@code files} below {@code folder}; the stream stays open.
   *
   * @param folder a name that ends with a slash, or empty
   * @param written takes the bytes of content so far
   */
  public static void write(
      List<PackedFile> files, String folder, OutputStream out, LongConsumer written)
      throws IOException {
    TarArchiveOutputStream tar = new TarArchiveOutputStream(out, "UTF-8");
    tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
    tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
    byte[] buffer = new byte[BUFFER_BYTES];
    long total = 0;
    for (PackedFile file : files) {
      TarArchiveEntry entry = new TarArchiveEntry(folder + file.name());
      entry.setMode(file.mode());
      entry.setSize(file.bytes());
      entry.setModTime(0);
      entry.setIds(0, 0);
      entry.setNames("", "");
      tar.putArchiveEntry(entry);
      try (InputStream content = file.content().open()) {
        for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
          tar.write(buffer, 0, read);
          total += read;
          written.accept(total);
        }
      }
      tar.closeArchiveEntry();
    }
    tar.finish();
    tar.flush();
  }
}
