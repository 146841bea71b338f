package dev.kelpie.wire.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManifestTest {
  private final Path folder;

  ManifestTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void isReadAsItWasWritten() throws IOException {
    Path file = Files.createDirectories(folder.resolve("a")).resolve("b.txt");
    Files.writeString(file, "abc");
    Manifest written = Manifest.of(folder, List.of(Manifest.entry(folder, file)));
    written.facts().put("step", 4);
    written.entries().get(0).facts().put("model", "policy");
    written.write();

    Manifest read = Manifest.in(folder).orElseThrow();

    assertThat(read.facts().path("step").asInt()).isEqualTo(4);
    Manifest.Entry entry = read.find(file).orElseThrow();
    assertThat(entry.path()).isEqualTo("a/b.txt");
    assertThat(entry.bytes()).isEqualTo(3);
    // sha256sum of abc
    assertThat(entry.sha256()).startsWith("ba7816bf").endsWith("f20015ad");
    assertThat(entry.facts().path("model").asText()).isEqualTo("policy");
    assertThat(read.damages()).isEmpty();
  }

  @Test
  void saysHowAFileDiffers() throws IOException {
    Path file = Files.writeString(folder.resolve("x"), "abc");
    Manifest manifest = Manifest.of(folder, List.of(Manifest.entry(folder, file)));
    String sha256 = Sha256.of(file);
    Files.writeString(file, "abd");
    assertThat(manifest.damages())
        .hasToString(
            "[%s: SHA-256 %s (expected: %s by MANIFEST.json)]", file, Sha256.of(file), sha256);
    Files.writeString(file, "ab");
    assertThat(manifest.damages())
        .hasToString("[%s: 2 bytes (expected: 3 by MANIFEST.json)]", file);
    Files.delete(file);
    assertThat(manifest.damages())
        .hasToString("[%s: missing (expected: 3 bytes by MANIFEST.json)]", file);
  }

  @Test
  void readsTheKeysThatWeightsHadEarlier() throws IOException {
    write(
        """
        {"formatVersion":1,"files":[{"file":"policy-v5.arrow","model":"policy","version":5,
         "bytes":57138,"sha256":"aa","policySha256":"bb"}]}""");
    Manifest.Entry entry = Manifest.in(folder).orElseThrow().entries().get(0);
    assertThat(entry.path()).isEqualTo("policy-v5.arrow");
    assertThat(entry.bytes()).isEqualTo(57138);
    assertThat(entry.sha256()).isEqualTo("aa");
    assertThat(entry.facts())
        .hasToString("{\"model\":\"policy\",\"version\":5,\"policy-sha256\":\"bb\"}");
  }

  @Test
  void refusesWhatIsNotReadableInOneLine() throws IOException {
    assertThat(Manifest.in(folder)).isEmpty();
    refuses("{\"format\":7,\"files\":[]}", ": format 7 (expected: 1)");
    refuses("{\"format\":1,\"files\":[3]}", ": files: 3 (expected: objects)");
    write("{");
    assertThatThrownBy(() -> Manifest.in(folder))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageStartingWith(folder.resolve("MANIFEST.json") + ": not readable as JSON ");
  }

  private void refuses(String text, String message) throws IOException {
    write(text);
    assertThatThrownBy(() -> Manifest.in(folder))
        .isInstanceOf(CorruptFileException.class)
        .hasMessage(folder.resolve("MANIFEST.json") + message);
  }

  private void write(String text) throws IOException {
    Files.writeString(folder.resolve("MANIFEST.json"), text);
  }
}
