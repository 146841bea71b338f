package dev.kelpie.rollout;

import dev.kelpie.model.Message;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** Names what a row trains on, so that the same text under two ids is found. */
final class GivenContent {
  private GivenContent() {}

  /** SHA-256 of prompt and responses. */
  static String hash(GivenRow row) {
    MessageDigest digest = sha256();
    if (row.sides() instanceof GivenRow.Text text) {
      add(digest, text.prompt());
      text.responses().forEach(response -> add(digest, response));
    } else if (row.sides() instanceof GivenRow.Chat chat) {
      add(digest, chat.prompt());
      chat.responses().forEach(response -> add(digest, response));
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static void add(MessageDigest digest, List<Message> messages) {
    add(digest, String.valueOf(messages));
  }

  private static void add(MessageDigest digest, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    digest.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
    digest.update(bytes);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JDK has no SHA-256", e);
    }
  }
}
