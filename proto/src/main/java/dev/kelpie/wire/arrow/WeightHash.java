package dev.kelpie.wire.arrow;

import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.experience.WeightSnapshot.Tensor;
import dev.kelpie.wire.file.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The hash of a model's weights, independent of the file that holds them: SHA-256 over the tensors
 * in order of their names (by UTF-16 unit) of the UTF-8 text {@code NAME LF DTYPE LF D0,D1,... LF}
 * and then the tensor's bytes, little-endian and row-major.
 */
public final class WeightHash {
  private static final int CHUNK_BYTES = 1 << 22;

  private final MessageDigest digest = Sha256.digest();

  WeightHash() {}

  /** The hash of {@code weights} in hexadecimal. */
  public static String of(WeightSnapshot weights) {
    WeightHash hash = new WeightHash();
    for (Tensor tensor : inOrder(weights.tensors())) {
      hash.begin(tensor);
      weights.read(tensor, CHUNK_BYTES, hash::update);
    }
    return hash.finish();
  }

  static List<Tensor> inOrder(List<Tensor> tensors) {
    return tensors.stream().sorted(Comparator.comparing(Tensor::name)).toList();
  }

  /** Moves to the next tensor. */
  void begin(Tensor tensor) {
    String shape =
        tensor.shape().stream().map(size -> Long.toString(size)).collect(Collectors.joining(","));
    String head = tensor.name() + "\n" + tensor.dtype() + "\n" + shape + "\n";
    digest.update(head.getBytes(StandardCharsets.UTF_8));
  }

  /** Adds the next bytes of the tensor. */
  void update(ByteBuffer chunk) {
    digest.update(chunk.duplicate());
  }

  String finish() {
    return Sha256.hex(digest);
  }
}
