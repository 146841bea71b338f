package dev.kelpie.learner;

import dev.kelpie.experience.TokenIds;
import dev.kelpie.model.SafetensorsFile;
import dev.kelpie.model.SequenceBatch;
import dev.kelpie.model.SequenceBatch.Row;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The numbers a reference implementation gave for a checkpoint: {@code expected.safetensors}. */
final class ReferenceArrays implements AutoCloseable {
  private final SafetensorsFile file;

  private ReferenceArrays(SafetensorsFile file) {
    this.file = file;
  }

  static ReferenceArrays open(Path folder) {
    return new ReferenceArrays(SafetensorsFile.open(folder.resolve("expected.safetensors")));
  }

  List<String> names(String prefix) {
    return file.names().stream().filter(name -> name.startsWith(prefix)).toList();
  }

  List<Long> shape(String name) {
    return file.shape(name);
  }

  float[] floats(String name) {
    ByteBuffer bytes = bytes(name);
    float[] values = new float[bytes.remaining() / 4];
    bytes.asFloatBuffer().get(values);
    return values;
  }

  /** Row {@code index} of the first dimension. */
  float[] floats(String name, int index) {
    float[] all = floats(name);
    int width = all.length / Math.toIntExact(file.shape(name).get(0));
    float[] values = new float[width];
    System.arraycopy(all, index * width, values, 0, width);
    return values;
  }

  long[] longs(String name) {
    ByteBuffer bytes = bytes(name);
    long[] values = new long[bytes.remaining() / 8];
    bytes.asLongBuffer().get(values);
    return values;
  }

  /** The right-padded batch: each row's first token is its prompt, the others its response. */
  SequenceBatch rightPadded() {
    long[] ids = longs("right.input_ids");
    long[] mask = longs("right.attention_mask");
    int rows = Math.toIntExact(file.shape("right.input_ids").get(0));
    int width = ids.length / rows;
    List<TokenIds> prompts = new ArrayList<>();
    List<Row> responses = new ArrayList<>();
    for (int b = 0; b < rows; b++) {
      int length = 0;
      while (length < width && mask[b * width + length] == 1) {
        length++;
      }
      long[] tokens = new long[length];
      System.arraycopy(ids, b * width, tokens, 0, length);
      prompts.add(TokenIds.of(tokens).slice(0, 1));
      responses.add(new Row(b, TokenIds.of(tokens).slice(1, length)));
    }
    return new SequenceBatch(prompts, responses);
  }

  private ByteBuffer bytes(String name) {
    ByteBuffer[] all = {ByteBuffer.allocate(0)};
    file.read(
        name, 1 << 30, chunk -> all[0] = ByteBuffer.allocate(chunk.remaining()).put(chunk).flip());
    return all[0].order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public void close() {
    file.close();
  }
}
