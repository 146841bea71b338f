package dev.kelpie.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.experience.StepMetrics;
import dev.kelpie.wire.tensorboard.Event;
import dev.kelpie.wire.tensorboard.SessionLog;
import dev.kelpie.wire.tensorboard.Summary;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorBoardFileTest {
  private final Path folder;

  TensorBoardFileTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void writesScalarsThatReadBackAndLeavesOutNaN() throws IOException {
    Path path;
    try (TensorBoardFile file = TensorBoardFile.create(folder, 0)) {
      file.write(new StepMetrics(1, Map.of("reward/mean", 0.25)));
      file.write(new StepMetrics(2, Map.of("reward/mean", Double.NaN)));
      path = file.path();
    }
    List<Event> events = events(path);
    assertThat(events).hasSize(4);
    assertThat(events.get(0).getFileVersion()).isEqualTo("brain.Event:2");
    assertThat(events.get(1).getSessionLog().getStatus()).isEqualTo(SessionLog.Status.START);
    assertThat(events.get(2).getStep()).isEqualTo(1);
    Summary.Value value = events.get(2).getSummary().getValue(0);
    assertThat(value.getTag()).isEqualTo("reward/mean");
    assertThat(value.getSimpleValue()).isEqualTo(0.25f);
    assertThat(events.get(3).getSummary().getValueCount()).isZero();
  }

  @Test
  void eachWriterHasItsOwnFile() {
    try (TensorBoardFile first = TensorBoardFile.create(folder, 0);
        TensorBoardFile second = TensorBoardFile.create(folder, 5)) {
      assertThat(first.path()).isNotEqualTo(second.path());
      assertThat(first.path().getFileName().toString()).startsWith("events.out.tfevents.");
    }
  }

  @Test
  void masksTheChecksumAsTensorFlowDoes() {
    // CRC-32C of "123456789" is e3069283; rotated right by 15: 2507c60d; plus a282ead8: c78ab0e5
    byte[] digits = "123456789".getBytes(StandardCharsets.US_ASCII);
    assertThat(TensorBoardFile.maskedCrc(digits, 0, 9)).isEqualTo(0xc78ab0e5);
  }

  private static List<Event> events(Path path) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
    List<Event> events = new ArrayList<>();
    while (bytes.hasRemaining()) {
      int start = bytes.position();
      byte[] event = new byte[(int) bytes.getLong()];
      assertThat(bytes.getInt()).isEqualTo(TensorBoardFile.maskedCrc(bytes.array(), start, 8));
      bytes.get(event);
      assertThat(bytes.getInt()).isEqualTo(TensorBoardFile.maskedCrc(event, 0, event.length));
      events.add(Event.parseFrom(event));
    }
    return events;
  }
}
