package dev.kelpie.runs;

import dev.kelpie.experience.StepMetrics;
import dev.kelpie.wire.tensorboard.Event;
import dev.kelpie.wire.tensorboard.SessionLog;
import dev.kelpie.wire.tensorboard.Summary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.Locale;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * Scalar curves in the file format that TensorBoard reads: records of length, masked CRC-32C of the
 * length, event, masked CRC-32C of the event. Each writer has a file of its own, and each record is
 * written in one piece, so a process that dies leaves at most one torn record at the end, which
 * TensorBoard passes over. A run that is resumed writes another file in the same folder.
 */
public final class TensorBoardFile implements AutoCloseable {
  private static final int FRAME_BYTES = Long.BYTES + 2 * Integer.BYTES;

  private final Path path;
  private final FileChannel channel;
  private final Clock clock;

  private TensorBoardFile(Path path, FileChannel channel, Clock clock) {
    this.path = path;
    this.channel = channel;
    this.clock = clock;
  }

  /**
   * Starts a file in {@code folder}, which is made if it does not exist.
   *
   * @param firstStep TensorBoard drops points of earlier files from this step on, so that a resumed
   *     run does not show the steps it repeats twice
   */
  public static TensorBoardFile create(Path folder, long firstStep) {
    return create(folder, firstStep, Clock.systemUTC());
  }

  static TensorBoardFile create(Path folder, long firstStep, Clock clock) {
    String name =
        String.format(
            Locale.ROOT,
            "events.out.tfevents.%010d.%03d.kelpie.%s",
            clock.millis() / 1000,
            clock.millis() % 1000,
            UUID.randomUUID());
    Path path = folder.resolve(name);
    try {
      Files.createDirectories(folder);
      FileChannel channel =
          FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.APPEND);
      TensorBoardFile file = new TensorBoardFile(path, channel, clock);
      file.append(Event.newBuilder().setFileVersion("brain.Event:2"));
      SessionLog start = SessionLog.newBuilder().setStatus(SessionLog.Status.START).build();
      file.append(Event.newBuilder().setStep(firstStep).setSessionLog(start));
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + path + ": " + e.getMessage(), e);
    }
  }

  /** Where the file lies. */
  public Path path() {
    return path;
  }

  /** Appends the numbers of a step; those that do not exist (NaN) are left out. */
  public void write(StepMetrics metrics) {
    Summary.Builder summary = Summary.newBuilder();
    metrics
        .values()
        .forEach(
            (tag, value) -> {
              if (!value.isNaN()) {
                summary.addValueBuilder().setTag(tag).setSimpleValue(value.floatValue());
              }
            });
    try {
      append(Event.newBuilder().setStep(metrics.step()).setSummary(summary));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + path + ": " + e.getMessage(), e);
    }
  }

  private synchronized void append(Event.Builder event) throws IOException {
    byte[] bytes = event.setWallTime(clock.millis() / 1000.0).build().toByteArray();
    ByteBuffer record =
        ByteBuffer.allocate(FRAME_BYTES + bytes.length).order(ByteOrder.LITTLE_ENDIAN);
    record.putLong(bytes.length);
    record.putInt(maskedCrc(record.array(), 0, Long.BYTES));
    record.put(bytes);
    record.putInt(maskedCrc(bytes, 0, bytes.length));
    record.flip();
    while (record.hasRemaining()) {
      channel.write(record);
    }
  }

  /** The CRC rotated right by 15 bits plus a constant, as TFRecord wants it. */
  static int maskedCrc(byte[] bytes, int offset, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, offset, length);
    return Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close " + path + ": " + e.getMessage(), e);
    }
  }
}
