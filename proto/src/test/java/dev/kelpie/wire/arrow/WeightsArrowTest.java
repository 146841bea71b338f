package dev.kelpie.wire.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.experience.WeightSnapshot.Tensor;
import dev.kelpie.wire.file.CorruptFileException;
import dev.kelpie.wire.file.Sha256;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightsArrowTest {
  private final Path folder;

  WeightsArrowTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void readsBackWhatWasWritten() {
    Weights weights = Weights.small(4);
    WeightFile file = WeightsArrow.write(folder.resolve("w.arrow"), weights);
    try (MappedWeights mapped = WeightsArrow.open(file.path(), file.sha256())) {
      mapped.verify();
      assertThat(mapped.model()).isEqualTo("policy");
      assertThat(mapped.version()).isEqualTo(weights.version());
      assertThat(mapped.parent()).hasValue(3);
      assertThat(mapped.tensors()).isEqualTo(weights.tensors());
      assertThat(mapped.policySha256()).isEqualTo(file.policySha256());
      for (Tensor tensor : weights.tensors()) {
        assertThat(Weights.bytes(mapped, tensor, 1_000_003))
            .isEqualTo(Weights.bytes(weights, tensor, 1 << 20));
      }
    }
  }

  @Test
  void tellsLengthAndHashOfTheFile() throws IOException {
    WeightFile file = WeightsArrow.write(folder.resolve("w.arrow"), Weights.small(0));
    assertThat(file.bytes()).isEqualTo(Files.size(file.path()));
    assertThat(file.sha256()).isEqualTo(Sha256.of(file.path()));
  }

  @Test
  void policyHashIsOverNameTypeShapeAndBytesInNameOrder() throws Exception {
    Weights weights = Weights.small(1);
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    for (String head : List.of("a.norm\nF32\n7\n", "b.embed\nBF16\n9,2000000\n")) {
      digest.update(head.getBytes(StandardCharsets.UTF_8));
      Tensor tensor = weights.tensors().get(head.startsWith("a") ? 0 : 1);
      digest.update(Weights.bytes(weights, tensor, 1 << 20));
    }
    digest.update("c.empty\nF32\n0,4\nd.scale\nF16\n\n".getBytes(StandardCharsets.UTF_8));
    digest.update(Weights.bytes(weights, weights.tensors().get(3), 8));
    String expected = HexFormat.of().formatHex(digest.digest());
    assertThat(WeightHash.of(weights)).isEqualTo(expected);
    assertThat(WeightsArrow.write(folder.resolve("w.arrow"), weights).policySha256())
        .isEqualTo(expected);
  }

  @Test
  void chunksAreLittleEndianViewsThatCannotBeWritten() {
    WeightFile file = WeightsArrow.write(folder.resolve("w.arrow"), Weights.small(0));
    try (MappedWeights mapped = WeightsArrow.open(file.path())) {
      mapped.read(
          mapped.tensors().get(1),
          WeightsArrow.CHUNK_BYTES,
          chunk -> {
            assertThat(chunk.isDirect()).isTrue();
            assertThat(chunk.isReadOnly()).isTrue();
            assertThat(chunk.order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
          });
    }
  }

  @Test
  void refusesASnapshotThatHandsOutTooFewBytesAndLeavesNoFile() throws IOException {
    Tensor tensor = new Tensor("a", "F32", List.of(3L));
    Weights honest = new Weights(Weights.small(0).version(), List.of(tensor));
    var lying =
        new ForwardingWeights(honest) {
          @Override
          public void read(Tensor which, int chunkBytes, ChunkSink sink) {
            sink.accept(java.nio.ByteBuffer.allocate(8));
          }
        };
    assertThatThrownBy(() -> WeightsArrow.write(folder.resolve("w.arrow"), lying))
        .hasMessage("tensor a: 8 bytes (expected: 12 for F32 [3])");
    try (var paths = Files.list(folder)) {
      assertThat(paths).isEmpty();
    }
  }

  @Test
  void verifyNamesTheTensorWhoseBytesChanged() throws IOException {
    WeightFile file = WeightsArrow.write(folder.resolve("w.arrow"), Weights.small(0));
    byte[] bytes = Files.readAllBytes(file.path());
    bytes[20_000_000] ^= 1; // within b.embed, by far the largest
    Files.write(file.path(), bytes);
    try (MappedWeights mapped = WeightsArrow.open(file.path())) {
      assertThatThrownBy(mapped::verify)
          .isInstanceOf(CorruptFileException.class)
          .hasMessageContaining("w.arrow: tensor b.embed has SHA-256")
          .message()
          .doesNotContain("\n");
    }
  }

  @Test
  void verifyRefusesAnotherVersionUnderTheSameName() {
    WeightFile old = WeightsArrow.write(folder.resolve("w.arrow"), Weights.small(1));
    WeightsArrow.write(folder.resolve("w.arrow"), Weights.small(2));
    try (MappedWeights mapped = WeightsArrow.open(old.path(), old.sha256())) {
      assertThatThrownBy(mapped::verify).hasMessageContaining("expected: " + old.sha256());
    }
  }

  @Test
  void refusesAFileCutAnywhereInOneLine() throws IOException {
    WeightFile file = WeightsArrow.write(folder.resolve("w.arrow"), Weights.megabytes(1, 2));
    byte[] bytes = Files.readAllBytes(file.path());
    Path cut = folder.resolve("cut.arrow");
    for (int length = 0; length < bytes.length; length += 100_003) {
      Files.write(cut, Arrays.copyOf(bytes, length));
      assertThatThrownBy(() -> WeightsArrow.open(cut))
          .isInstanceOf(CorruptFileException.class)
          .hasMessageContaining("cut.arrow")
          .message()
          .doesNotContain("\n");
    }
  }

  @Test
  void refusesRowsThatAreNotTheTensorsTheMetadataLists() {
    Tensor tensor = new Tensor("a", "F32", List.of(3L));
    Weights one = new Weights(Weights.small(0).version(), List.of(tensor));
    Tensor larger = new Tensor("a", "F32", List.of(4L));
    Tensor other = new Tensor("b", "F32", List.of(3L));
    assertThatThrownBy(() -> openMixed(one, List.of(larger)))
        .hasMessageEndingWith("tensor a: 12 bytes (expected: 16 for F32 [4])");
    assertThatThrownBy(() -> openMixed(one, List.of(tensor, other)))
        .hasMessageEndingWith("tensor b: 0 bytes (expected: 12 for F32 [3])");
    assertThatThrownBy(() -> openMixed(one, List.of()))
        .hasMessageEndingWith("rows of 1 tensors (expected: 0)");
  }

  private void openMixed(Weights rows, List<Tensor> listed) throws IOException {
    Path path = folder.resolve("mixed.arrow");
    var schema = WeightsSchema.opening(rows);
    try (var allocator = new org.apache.arrow.memory.RootAllocator();
        ArrowSink sink = ArrowSink.create(path, schema);
        WeightRows writer = new WeightRows(sink, allocator, schema)) {
      rows.tensors()
          .forEach(
              tensor -> {
                writer.begin(tensor);
                rows.read(tensor, 64, writer);
                writer.end();
              });
      String hash = writer.policySha256();
      sink.finish(
          WeightsSchema.closing(
              rows,
              listed.stream()
                  .map(t -> new WeightsSchema.Entry(t.name(), t.dtype(), t.shape(), hash))
                  .toList(),
              hash));
    }
    WeightsArrow.open(path).close();
  }

  @Test
  void closedTwiceIsFineAndReadingAfterwardsIsRefused() {
    WeightFile file = WeightsArrow.write(folder.resolve("w.arrow"), Weights.small(0));
    MappedWeights mapped = WeightsArrow.open(file.path());
    mapped.close();
    assertThatCode(mapped::close).doesNotThrowAnyException();
    assertThatThrownBy(() -> mapped.read(mapped.tensors().get(0), 64, chunk -> {}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageEndingWith("w.arrow is closed");
  }

  @Test
  void refusesATensorItDoesNotHave() {
    WeightFile file = WeightsArrow.write(folder.resolve("w.arrow"), Weights.small(0));
    try (MappedWeights mapped = WeightsArrow.open(file.path())) {
      Tensor wrong = new Tensor("a.norm", "F32", List.of(8L));
      assertThatThrownBy(() -> mapped.read(wrong, 64, chunk -> {}))
          .hasMessageContaining("has no Tensor[name=a.norm");
    }
  }
}
