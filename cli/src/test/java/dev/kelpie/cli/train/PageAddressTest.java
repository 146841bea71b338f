package dev.kelpie.cli.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kelpie.config.ConfigException;
import dev.kelpie.config.DashboardOptions;
import dev.kelpie.dashboard.AccessToken;
import dev.kelpie.experience.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PageAddressTest {
  private static final DashboardOptions DEFAULTS = DashboardOptions.DEFAULTS;
  private static final AccessToken TOKEN = new AccessToken("a-token-for-tests-only");

  @TempDir private Path root = Path.of("");

  private RunFolder folder() {
    return new RunFolder(root);
  }

  @Test
  void aResumedRunHasThePageOfTheProcessBefore() throws IOException {
    PageAddress.keep(DEFAULTS, 41_234, TOKEN, folder());
    PageAddress address = PageAddress.of(DEFAULTS, folder());
    assertThat(address.port()).isEqualTo(41_234);
    assertThat(address.token().secret()).isEqualTo("a-token-for-tests-only");
    assertThat(
            PosixFilePermissions.toString(Files.getPosixFilePermissions(root.resolve("page.json"))))
        .isEqualTo("rw-------");
  }

  @Test
  void anotherPortInTheExperimentCountsMore() throws IOException {
    PageAddress.keep(DEFAULTS, 41_234, TOKEN, folder());
    PageAddress address =
        PageAddress.of(new DashboardOptions(true, "127.0.0.1", 8080, ""), folder());
    assertThat(address.port()).isEqualTo(8080);
  }

  @Test
  void aNewRunAndAFileThatIsTornGetANewToken() throws IOException {
    String fresh = PageAddress.of(DEFAULTS, folder()).token().secret();
    Files.writeString(root.resolve("page.json"), "{\"port\": 1, \"tok");
    assertThat(PageAddress.of(DEFAULTS, folder()).token().secret()).isNotEqualTo(fresh).hasSize(48);
    assertThat(PageAddress.of(DEFAULTS, folder()).port()).isEqualTo(7070);
  }

  @Test
  void aTokenFileIsReadAndItsTextNeverTold() throws IOException {
    Path file = Files.writeString(root.resolve("token"), "one-of-my-own-choice\n");
    DashboardOptions own = new DashboardOptions(true, "127.0.0.1", 0, file.toString());
    assertThat(PageAddress.of(own, folder()).token().secret()).isEqualTo("one-of-my-own-choice");
    Files.writeString(file, "has a space in it");
    assertThatThrownBy(() -> PageAddress.of(own, folder()))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("token-file: " + file)
        .hasMessageNotContaining("space");
    Files.delete(file);
    assertThatThrownBy(() -> PageAddress.of(own, folder()))
        .hasMessageContaining("expected: a readable file with a token");
  }
}
