package dev.kelpie.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/** Bytes sent to a port as they are, and what comes back. */
final class RawRequests {
  static final String CLOSED = "the connection is closed";

  private RawRequests() {}

  /** The status line and the text of an answer. */
  static String answer(int port, byte[] request) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(10_000);
      OutputStream out = socket.getOutputStream();
      try {
        out.write(request);
        out.flush();
        socket.getInputStream().transferTo(all);
      } catch (SocketException e) {
        // hung up on before everything was sent or read
      }
    }
    String text = all.toString(StandardCharsets.US_ASCII);
    int body = text.indexOf("\r\n\r\n");
    return body < 0
        ? CLOSED
        : (text.substring(0, text.indexOf("\r\n")) + ": " + text.substring(body + 4).strip())
            .replaceFirst(": $", "");
  }

  static byte[] random(int seed) {
    byte[] bytes = new byte[64 << 10];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
