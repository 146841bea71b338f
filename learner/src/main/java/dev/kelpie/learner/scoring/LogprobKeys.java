package dev.kelpie.learner.scoring;

import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.model.SequenceBatch;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * SHA-256 of everything that the log-probabilities of a microbatch depend on: the model's weights
 * and configuration, the threads that share an operation, the temperature, and the tokens of all
 * rows in their order. All rows, because the numbers of a row differ in their last bits with what
 * goes through the model beside it.
 */
final class LogprobKeys {
  private static final int CHUNK_BYTES = 1 << 20;
  private final byte[] model;

  private LogprobKeys(byte[] model) {
    this.model = model;
  }

  /**
   * Keys of the numbers of a model.
   *
   * @param weights its weights as they stay, in float32
   * @param configuration its shape and flags, and the number format of its products
   * @param threads that share an operation
   */
  static LogprobKeys of(WeightSnapshot weights, String configuration, int threads) {
    MessageDigest digest = sha256();
    digest.update(configuration.getBytes(StandardCharsets.UTF_8));
    digest.update(ByteBuffer.allocate(4).putInt(0, threads));
    for (WeightSnapshot.Tensor tensor : weights.tensors()) {
      digest.update(tensor.toString().getBytes(StandardCharsets.UTF_8));
      weights.read(tensor, CHUNK_BYTES, digest::update);
    }
    return new LogprobKeys(digest.digest());
  }

  /** The key of a microbatch at a temperature. */
  byte[] key(SequenceBatch batch, double temperature) {
    MessageDigest digest = sha256();
    digest.update(model);
    ByteBuffer start =
        ByteBuffer.allocate(16)
            .putDouble(temperature)
            .putInt(batch.prompts().size())
            .putInt(batch.rows().size());
    digest.update(start.flip());
    batch.prompts().forEach(prompt -> update(digest, 0, prompt));
    batch.rows().forEach(row -> update(digest, row.prompt(), row.response()));
    return digest.digest();
  }

  private static void update(MessageDigest digest, int prompt, TokenIds tokens) {
    ByteBuffer bytes = ByteBuffer.allocate(8 + 4 * tokens.length());
    bytes.putInt(prompt).putInt(tokens.length());
    for (int i = 0; i < tokens.length(); i++) {
      bytes.putInt(tokens.get(i));
    }
    digest.update(bytes.flip());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JDK has no SHA-256", e);
    }
  }
}
