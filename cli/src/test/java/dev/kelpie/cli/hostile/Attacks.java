package dev.kelpie.cli.hostile;

import dev.kelpie.wire.tls.NodeTls;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** Clients of one port that should get nothing from it. */
final class Attacks implements Closeable {
  private static final int CONNECT_MILLIS = 30_000;
  private static final int PATIENCE_MILLIS = 1000;
  private static final int HELLO = 22;
  private static final int APPLICATION_DATA = 23;

  private final String host;
  private final int port;
  private final List<Socket> open = new ArrayList<>();

  Attacks(String host, int port) {
    this.host = host;
    this.port = port;
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket();
    socket.connect(new InetSocketAddress(host, port), CONNECT_MILLIS);
    socket.setSoTimeout(PATIENCE_MILLIS);
    return socket;
  }

  /** Sends bytes without TLS; what came back of the application, which is more than an alert. */
  String bytes(byte[] sent) throws IOException {
    try (Socket socket = connect()) {
      byte[] back = readAfter(socket, sent);
      boolean alert = back.length > 0 && back[0] < APPLICATION_DATA;
      return alert ? "" : new String(back, StandardCharsets.ISO_8859_1);
    }
  }

  private static byte[] readAfter(Socket socket, byte[] sent) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    try {
      socket.getOutputStream().write(sent);
      socket.getOutputStream().flush();
      socket.getInputStream().transferTo(all);
    } catch (IOException e) {
      // hung up on, or no more in time
    }
    return all.toByteArray();
  }

  /** 64 KiB without meaning. */
  static byte[] garbage(int seed) {
    byte[] bytes = new byte[64 << 10];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  /** A record of TLS that claims to be as long as one can be, and longer than it may. */
  static byte[] giantRecord() {
    return new byte[] {HELLO, 3, 1, (byte) 0xff, (byte) 0xff, 1, 0, (byte) 0xff, (byte) 0xff};
  }

  /** The beginning of Artery's protocol with a frame of 2 GiB. */
  static byte[] giantFrame() {
    byte[] start = "AKKA".getBytes(StandardCharsets.US_ASCII);
    byte[] all = new byte[start.length + 5 + 1000];
    System.arraycopy(start, 0, all, 0, start.length);
    all[4] = 2;
    all[5] = all[6] = all[7] = (byte) 0xff;
    all[8] = 0x7f;
    return all;
  }

  /** What the server sent in a session; empty where it ended the connection or was silent. */
  String inSession(SSLContext client, byte[] sent) throws IOException {
    try (Socket plain = connect();
        SSLSocket socket =
            (SSLSocket) client.getSocketFactory().createSocket(plain, host, port, true)) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      return new String(readAfter(socket, sent), StandardCharsets.ISO_8859_1);
    }
  }

  /** A request for a path, with other lines of its head. */
  byte[] request(String path, String... lines) {
    return ("GET "
            + path
            + " HTTP/1.1\r\nHost: "
            + host
            + ":"
            + port
            + "\r\n"
            + String.join("", List.of(lines).stream().map(line -> line + "\r\n").toList())
            + "Connection: close\r\n\r\n")
        .getBytes(StandardCharsets.US_ASCII);
  }

  /** Records what a client of the cluster sends in a session with a proxy between. */
  byte[] recorded(NodeTls client, byte[] sent) throws IOException {
    ByteArrayOutputStream record = new ByteArrayOutputStream();
    try (ServerSocket proxy = new ServerSocket(0)) {
      CompletableFuture<Void> copying = CompletableFuture.runAsync(() -> relay(proxy, record));
      try (Socket plain = new Socket(proxy.getInetAddress(), proxy.getLocalPort());
          SSLSocket socket =
              (SSLSocket)
                  client.context().getSocketFactory().createSocket(plain, host, port, true)) {
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.startHandshake();
        socket.getOutputStream().write(sent);
        socket.getOutputStream().flush();
        try {
          socket.getInputStream().readNBytes(1);
        } catch (SocketTimeoutException e) {
          // nothing was asked for
        }
      }
      copying.join();
    }
    return record.toByteArray();
  }

  private void relay(ServerSocket proxy, ByteArrayOutputStream record) {
    try (Socket client = proxy.accept();
        Socket server = connect()) {
      server.setSoTimeout(0);
      Thread back =
          new Thread(
              () -> {
                try {
                  server.getInputStream().transferTo(client.getOutputStream());
                } catch (IOException e) {
                  // closed
                }
              });
      back.setDaemon(true);
      back.start();
      InputStream in = client.getInputStream();
      byte[] part = new byte[8192];
      for (int n = in.read(part); n > 0; n = in.read(part)) {
        record.write(part, 0, n);
        server.getOutputStream().write(part, 0, n);
      }
    } catch (IOException e) {
      // closed
    }
  }

  /** Opens connections that send nothing, as many as there can be; returns how many. */
  int idle(int count) {
    for (int i = 0; i < count; i++) {
      Optional<Socket> socket = tryConnect();
      if (socket.isEmpty()) {
        return i;
      }
      open.add(socket.get());
    }
    return count;
  }

  private Optional<Socket> tryConnect() {
    try {
      return Optional.of(connect());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Sends one byte more on each open connection, whether or not it is taken. */
  void drip(byte[] bytes, int position) {
    for (Socket socket : open) {
      try {
        socket.getOutputStream().write(bytes[position % bytes.length]);
      } catch (IOException e) {
        // it was closed meanwhile
      }
    }
  }

  @Override
  public void close() throws IOException {
    for (Socket socket : open) {
      socket.close();
    }
    open.clear();
  }
}
