package dev.kelpie.actors.work;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.config.Experiment;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.UnitId;
import dev.kelpie.wire.file.FileTicket;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnitFilesTest {
  @TempDir private Path temp = Path.of("");

  private FileTicket written(UnitId unit) throws Exception {
    Path file = temp.resolve(unit + ".arrow");
    byte[] bytes = unit.toString().getBytes(StandardCharsets.UTF_8);
    Files.write(file, bytes);
    String sha256 = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    return new FileTicket(file.toString(), "", bytes.length, sha256);
  }

  private boolean isThere(UnitId unit) throws IOException {
    return Files.exists(temp.resolve(unit + ".arrow"));
  }

  @Test
  void filesAreDeletedWhenTheStepTheyAreForWasTrainedOrEvaluated() throws Exception {
    try (FileExchange bulk =
        FileExchange.start(Experiment.DEFAULTS.cluster(), new RunFolder(temp))) {
      UnitFiles files = new UnitFiles(bulk);
      UnitId first = new UnitId(Purpose.ROLLOUT, 1, 0, 0);
      UnitId second = new UnitId(Purpose.ROLLOUT, 2, 0, 0);
      UnitId evaluated = new UnitId(Purpose.EVAL, 1, 0, 0);
      for (UnitId unit : new UnitId[] {first, evaluated, second}) {
        assertThat(files.serve(unit, written(unit)).url()).isNotEmpty();
      }
      files.deleteThrough(0);
      assertThat(isThere(first)).isTrue();
      files.deleteThrough(1); // the weights after step 1 are still being evaluated
      assertThat(isThere(first)).isFalse();
      assertThat(isThere(evaluated)).isTrue();
      assertThat(isThere(second)).isTrue();
      files.deleteThrough(2);
      assertThat(isThere(evaluated)).isFalse();
      assertThat(isThere(second)).isFalse();
      files.deleteThrough(3);
    }
  }
}
