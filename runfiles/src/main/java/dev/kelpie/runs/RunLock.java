package dev.kelpie.runs;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.kelpie.config.ConfigException;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.wire.file.AtomicFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code lock}: keeps a second learner out of a run folder. The file is locked and holds the number
 * of the process. The system releases the lock when the process ends, in whatever way; the file
 * stays.
 */
public final class RunLock implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RunLock.class);

  private final FileChannel channel;

  private RunLock(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Takes the lock until this is closed, and deletes what a killed process has left half-written in
   * the folder. Where the file system has no locks, a warning is logged.
   *
   * @throws ConfigException when another process has it
   */
  public static RunLock take(RunFolder folder) throws IOException {
    Path file = folder.lockFile();
    try {
      RunInput.requireOwn(folder.root());
    } catch (FileSystemException e) {
      throw new ConfigException(RunFolder.shown(Path.of(e.getFile())) + ": " + e.getReason());
    }
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      if (!isFree(channel, file)) {
        throw inUse(folder);
      }
      AtomicFile.deleteLeftovers(folder.root());
      channel.truncate(0);
      channel.write(US_ASCII.encode(ProcessHandle.current().pid() + "\n"), 0);
      return new RunLock(channel);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static boolean isFree(FileChannel channel, Path file) {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false; // this process has it
    } catch (IOException e) {
      LOG.warn("{} cannot be locked, so nothing keeps others out: {}", file, e.getMessage());
      return true;
    }
  }

  private static ConfigException inUse(RunFolder folder) throws IOException {
    String process = new String(RunInput.bytes(folder.root(), folder.lockFile(), 64), US_ASCII);
    return new ConfigException(
        String.format(
            Locale.ROOT,
            "%s is in use by process %s (expected: a run that has ended; Ctrl-C, or kill -INT %s,"
                + " stops it and saves)",
            RunFolder.shown(folder.root()),
            process.strip(),
            process.strip()));
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
