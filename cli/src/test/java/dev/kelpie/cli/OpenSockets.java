package dev.kelpie.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The TCP and UDP sockets that processes have open, as the kernel lists them in /proc. */
final class OpenSockets {
  private static final int LOCAL = 1;
  private static final int REMOTE = 2;
  private static final int INODE = 9;

  private OpenSockets() {}

  /** One end of a connection; a socket that only listens has no remote end. */
  record Socket(InetAddress local, Optional<InetAddress> remote) {
    boolean staysHere() {
      return local.isLoopbackAddress() && remote.map(InetAddress::isLoopbackAddress).orElse(true);
    }
  }

  /** Those of {@code process} and all that it has started; none of a process that has ended. */
  static Set<Socket> of(ProcessHandle process) {
    Set<Socket> sockets = new HashSet<>();
    Stream.concat(Stream.of(process), process.descendants())
        .forEach(one -> add(Path.of("/proc", Long.toString(one.pid())), sockets));
    return sockets;
  }

  private static void add(Path process, Set<Socket> sockets) {
    Set<String> own = inodes(process.resolve("fd"));
    for (String table : List.of("tcp", "tcp6", "udp", "udp6")) {
      for (String line : lines(process.resolve("net").resolve(table))) {
        String[] columns = line.strip().split("\\s+", -1);
        if (own.contains(columns[INODE])) {
          sockets.add(
              new Socket(
                  address(columns[LOCAL]),
                  columns[REMOTE].endsWith(":0000")
                      ? Optional.empty()
                      : Optional.of(address(columns[REMOTE]))));
        }
      }
    }
  }

  private static Set<String> inodes(Path descriptors) {
    Set<String> inodes = new HashSet<>();
    try (Stream<Path> links = Files.list(descriptors)) {
      for (Path link : links.toList()) {
        String target = target(link);
        if (target.startsWith("socket:[")) {
          inodes.add(target.substring("socket:[".length(), target.length() - 1));
        }
      }
    } catch (IOException e) {
      return inodes; // the process has ended
    }
    return inodes;
  }

  private static String target(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException e) {
      return ""; // closed meanwhile
    }
  }

  private static List<String> lines(Path table) {
    try (Stream<String> lines = Files.lines(table)) {
      return lines.skip(1).toList();
    } catch (IOException e) {
      return List.of(); // the process has ended
    }
  }

  /** {@code 0100007F:1F90} is 127.0.0.1: words of four bytes, the lowest byte first. */
  static InetAddress address(String text) {
    String hex = text.substring(0, text.indexOf(':'));
    byte[] bytes = new byte[hex.length() / 2];
    for (int i = 0; i < bytes.length; i++) {
      int at = i / 4 * 4 + 3 - i % 4;
      bytes[i] = (byte) Integer.parseInt(hex.substring(2 * at, 2 * at + 2), 16);
    }
    try {
      return InetAddress.getByAddress(bytes);
    } catch (IOException e) {
      throw new IllegalArgumentException(text, e);
    }
  }
}
