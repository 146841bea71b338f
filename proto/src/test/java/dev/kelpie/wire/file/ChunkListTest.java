package dev.kelpie.wire.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChunkListTest {
  private final Path folder;

  ChunkListTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void isATextWhoseHashFixesTheFile() throws IOException {
    ChunkList list =
        new ChunkList.Builder().add(3, hash("abc")).add(0, "").add(2, hash("de")).build();
    assertThat(list.text())
        .isEqualTo("kelpie-chunks 1\n3 " + hash("abc") + "\n2 " + hash("de") + "\n");
    assertThat(list.sha256()).isEqualTo(hash(list.text()));
    assertThat(list.bytes()).isEqualTo(5);
    Path file = folder.resolve("w.chunks");
    list.write(file);
    assertThat(ChunkList.read(file, list.sha256())).isEqualTo(list);
  }

  @Test
  void refusesAnotherHashAndLinesThatAreNoChunks() {
    byte[] text = utf8("kelpie-chunks 1\n");
    assertThatThrownBy(() -> ChunkList.parse(text, hash("other")))
        .hasMessage(
            "chunks with SHA-256 "
                + hash("kelpie-chunks 1\n")
                + " (expected: "
                + hash("other")
                + ")");
    assertThatThrownBy(() -> parse("kelpie-chunks 2\n")).hasMessageContaining("first line");
    assertThatThrownBy(() -> parse("")).hasMessageContaining("first line");
    for (String line : new String[] {"0 " + hash(""), "16777217 " + hash(""), "3 ab", "x"}) {
      assertThatThrownBy(() -> parse("kelpie-chunks 1\n" + line + "\n"))
          .hasMessageContaining("chunk '" + line + "'");
    }
  }

  @Test
  void namesTheFirstChunkThatDiffers() throws IOException {
    ChunkList list = new ChunkList.Builder().add(3, hash("abc")).add(2, hash("de")).build();
    Path file = folder.resolve("w");
    Files.writeString(file, "abcde");
    assertThat(list.firstDifference(file)).isEmpty();
    for (String other : new String[] {"abcdf", "abcd", "abc"}) {
      Files.writeString(file, other);
      assertThat(list.firstDifference(file)).contains(list.chunks().get(1));
    }
  }

  @Test
  void aFileIsHashedInTheChunksThatItsWriterAnnounces() throws IOException {
    Path target = folder.resolve("file");
    try (ChunkedFile file = ChunkedFile.create(target)) {
      file.write(ByteBuffer.wrap(utf8("head")));
      file.announce(6, 3, CompletableFuture.completedFuture(hash("abc")));
      file.write(ByteBuffer.wrap(utf8("..ab")));
      file.write(ByteBuffer.wrap(utf8("c--")));
      file.announce(11, 2, CompletableFuture.completedFuture(hash("de")));
      file.write(ByteBuffer.wrap(utf8("de")));
      ChunkList list = file.commit();
      // head.. | abc | -- | de
      assertThat(list.chunks()).extracting(ChunkList.Chunk::bytes).containsExactly(6, 3, 2, 2);
      assertThat(list.firstDifference(target)).isEmpty();
    }
    assertThat(target).hasContent("head..abc--de");
  }

  private static ChunkList parse(String text) throws IOException {
    return ChunkList.parse(utf8(text), hash(text));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String hash(String text) {
    var digest = Sha256.digest();
    digest.update(utf8(text));
    return Sha256.hex(digest);
  }
}
