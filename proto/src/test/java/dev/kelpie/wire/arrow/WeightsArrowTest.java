package dev.kelpie.wire.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.experience.WeightSnapshot.Tensor;
import dev.kelpie.wire.file.ChunkList;
import dev.kelpie.wire.file.ChunkedFile;
import dev.kelpie.wire.file.CorruptFileException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
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
    try (MappedWeights mapped = WeightsArrow.open(file.path())) {
      mapped.verify();
      assertThat(mapped.model()).isEqualTo("policy");
      assertThat(mapped.version()).isEqualTo(weights.version());
      assertThat(mapped.parent()).hasValue(3);
      assertThat(mapped.tensors()).isEqualTo(weights.tensors());
      assertThat(mapped.sha256()).isEqualTo(file.weightsSha256());
      for (Tensor tensor : weights.tensors()) {
        assertThat(Weights.bytes(mapped, tensor, 1_000_003))
            .isEqualTo(Weights.bytes(weights, tensor, 1 << 20));
      }
    }
  }

  @Test
  void theChunksOfTheFileAreItsBytesAndTheValuesOfTheRowsAreAmongThem() throws Exception {
    Weights weights = Weights.small(0);
    WeightFile file = WeightsArrow.write(folder.resolve("w.arrow"), weights);
    byte[] bytes = Files.readAllBytes(file.path());
    assertThat(file.bytes()).isEqualTo(bytes.length);
    List<String> hashes = new ArrayList<>();
    long end = 0;
    for (ChunkList.Chunk chunk : file.chunks().chunks()) {
      assertThat(chunk.offset()).isEqualTo(end);
      end = chunk.end();
      hashes.add(chunk.sha256());
      assertThat(hash(Arrays.copyOfRange(bytes, (int) chunk.offset(), (int) end)))
          .isEqualTo(chunk.sha256());
    }
    assertThat(end).isEqualTo(bytes.length);
    // 36,000,000 bytes are eight chunks of 4 MiB and one of 2,445,568 bytes
    byte[] embed = Weights.bytes(weights, weights.tensors().get(1), 1 << 20);
    assertThat(hashes)
        .contains(
            hash(Weights.bytes(weights, weights.tensors().get(0), 28)),
            hash(Arrays.copyOf(embed, 4 << 20)),
            hash(Arrays.copyOfRange(embed, 36_000_000 - 2_445_568, 36_000_000)));
  }

  private static String hash(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  @Test
  void weightsHashIsOverTheHashesOfChunks() throws Exception {
    Weights weights = Weights.small(1);
    byte[] embed = Weights.bytes(weights, weights.tensors().get(1), 1 << 20);
    MessageDigest chunks = MessageDigest.getInstance("SHA-256");
    for (int from = 0; from < embed.length; from += 4 << 20) {
      byte[] chunk = Arrays.copyOfRange(embed, from, Math.min(embed.length, from + (4 << 20)));
      chunks.update(MessageDigest.getInstance("SHA-256").digest(chunk));
    }
    String text =
        "a.norm\nF32\n7\n"
            + hash(Weights.bytes(weights, weights.tensors().get(0), 28))
            + "\nb.embed\nBF16\n9,2000000\n"
            + HexFormat.of().formatHex(chunks.digest())
            + "\nc.empty\nF32\n0,4\n"
            + hash(new byte[0])
            + "\nd.scale\nF16\n\n"
            + hash(Weights.bytes(weights, weights.tensors().get(3), 2))
            + "\n";
    String expected = hash(text.getBytes(StandardCharsets.UTF_8));
    assertThat(ChunkedWeightHash.of(weights)).isEqualTo(expected);
    assertThat(WeightsArrow.write(folder.resolve("w.arrow"), weights).weightsSha256())
        .isEqualTo(expected);
  }

  @Test
  void readsFilesOfTheEarlierFormat() throws IOException {
    // written before the format changed: a.norm, seven float32, and b.weight [3, 20] in bfloat16
    try (InputStream earlier = WeightsArrowTest.class.getResourceAsStream("weights-1.arrow.gz");
        InputStream bytes = new GZIPInputStream(Objects.requireNonNull(earlier))) {
      Files.copy(bytes, folder.resolve("w.arrow"));
    }
    try (MappedWeights mapped = WeightsArrow.open(folder.resolve("w.arrow"))) {
      assertThat(mapped.chunked()).isFalse();
      assertThat(mapped.tensors()).extracting(Tensor::bytes).containsExactly(28L, 120L);
      assertThat(mapped.sha256()).isEqualTo(WeightHash.of(mapped));
      mapped.verify();
      WeightFile again = WeightsArrow.write(folder.resolve("again.arrow"), mapped);
      assertThat(again.weightsSha256()).isEqualTo(ChunkedWeightHash.of(mapped));
    }
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
        ChunkedFile file = ChunkedFile.create(path);
        WeightRows writer = new WeightRows(file, allocator, schema)) {
      rows.tensors()
          .forEach(
              tensor -> {
                writer.begin(tensor);
                rows.read(tensor, 64, writer);
                writer.end();
              });
      String hash = "ab".repeat(32);
      writer.finish(
          WeightsSchema.closing(
              rows, listed.stream().map(t -> WeightsSchema.Entry.of(t, hash)).toList(), hash));
      file.commit();
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
