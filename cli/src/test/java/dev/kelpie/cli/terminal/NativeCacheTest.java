package dev.kelpie.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeCacheTest {
  @Test
  void isWhereTheUserWantsIt(@TempDir Path home) {
    for (String key : new String[] {"DJL_CACHE_DIR", "ENGINE_CACHE_DIR"}) {
      assertThat(NativeCache.chosen(Map.of(key, "/cache"), java(home, home))).isEmpty();
      Properties given = java(home, home);
      given.setProperty(key, "/cache");
      assertThat(NativeCache.chosen(Map.of(), given)).isEmpty();
    }
  }

  @Test
  void isInTheHomeOfTheUserElseInThatOfTheEnvironment(@TempDir Path home) {
    Path none = home.resolve("nowhere");
    assertThat(NativeCache.chosen(Map.of("HOME", "/elsewhere"), java(home, none)))
        .contains(home.resolve(".djl.ai"));
    assertThat(NativeCache.chosen(Map.of("HOME", home.toString()), java(Path.of("?"), none)))
        .contains(home.resolve(".djl.ai"));
  }

  @Test
  void isAPrivateFolderForAUserWithoutAHome(@TempDir Path temporary) throws IOException {
    Properties java = java(Path.of("?"), temporary);
    Path folder = NativeCache.chosen(Map.of(), java).orElseThrow();
    assertThat(folder).hasParent(temporary).isDirectory();
    assertThat(folder.getFileName()).hasToString("kelpie-" + uid(temporary));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
        .isEqualTo("rwx------");
    // the next start finds what this one has unpacked
    assertThat(NativeCache.chosen(Map.of("HOME", ""), java)).contains(folder);
    assertThat(temporary).isDirectoryContaining(path -> path.equals(folder));
    assertThat(temporary.toFile().list()).hasSize(1);
  }

  @Test
  void isNeverAFolderInWhichOthersCanReplaceLibraries(@TempDir Path temporary) throws IOException {
    Properties java = java(Path.of("?"), temporary);
    Path known = temporary.resolve("kelpie-" + uid(temporary));
    Files.createDirectory(known);
    Files.setPosixFilePermissions(known, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertIsAnother(known, NativeCache.chosen(Map.of(), java).orElseThrow());
    Files.delete(known);
    Path elsewhere = Files.createDirectory(temporary.resolve("elsewhere"));
    Files.createSymbolicLink(known, elsewhere);
    assertIsAnother(known, NativeCache.chosen(Map.of(), java).orElseThrow());
  }

  private static void assertIsAnother(Path known, Path folder) throws IOException {
    assertThat(folder).isNotEqualTo(known).isDirectory();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
        .isEqualTo("rwx------");
  }

  private static Object uid(Path folder) throws IOException {
    return Files.getAttribute(folder, "unix:uid", LinkOption.NOFOLLOW_LINKS);
  }

  private static Properties java(Path home, Path temporary) {
    Properties properties = new Properties();
    properties.setProperty("user.home", home.toString());
    properties.setProperty("java.io.tmpdir", temporary.toString());
    return properties;
  }
}
