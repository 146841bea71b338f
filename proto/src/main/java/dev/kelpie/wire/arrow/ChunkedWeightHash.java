package dev.kelpie.wire.arrow;

import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.experience.WeightSnapshot.Tensor;
import dev.kelpie.wire.file.Sha256;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code weights-sha256}: the hash of a model's weights by their chunks, independent of the file
 * that holds them. SHA-256 over the tensors in order of their names (by UTF-16 unit) of the UTF-8
 * text {@code NAME LF DTYPE LF D0,D1,... LF HASH LF}, where HASH is that of the tensor's chunks
 * ({@link TensorHash}) in hexadecimal.
 *
 * <p>It names a version during a run, because the chunks' hashes are known once the version is
 * written. {@link WeightHash} reads the weights once more, on one thread; it names the weights that
 * a run keeps.
 */
public final class ChunkedWeightHash {
  private ChunkedWeightHash() {}

  /** The hash of {@code weights} in hexadecimal; reads all of them. */
  public static String of(WeightSnapshot weights) {
    List<WeightsSchema.Entry> entries = new ArrayList<>();
    for (Tensor tensor : WeightHash.inOrder(weights.tensors())) {
      entries.add(WeightsSchema.Entry.of(tensor, TensorHash.of(weights, tensor)));
    }
    return of(entries);
  }

  /** The hash of weights whose tensors have these hashes, in order of their names. */
  static String of(List<WeightsSchema.Entry> entries) {
    MessageDigest digest = Sha256.digest();
    for (WeightsSchema.Entry entry : entries) {
      String head = TensorHash.head(entry.name(), entry.dtype(), entry.shape());
      digest.update(TensorHash.utf8(head + entry.sha256() + "\n"));
    }
    return Sha256.hex(digest);
  }
}
