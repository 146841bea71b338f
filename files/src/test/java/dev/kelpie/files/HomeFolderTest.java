package dev.kelpie.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HomeFolderTest {
  @ParameterizedTest
  @CsvSource({
    "~, /home/user",
    "~/, /home/user",
    "~/a b/c, /home/user/a b/c",
    "a/~, a/~",
    "./~other, ./~other",
    "/x/~/y, /x/~/y",
    "a$b, a$b"
  })
  void standsAtTheStartOfAPathOnly(String path, String expanded) {
    assertThat(HomeFolder.expand(path, Map.of("HOME", "/home/user"), users("/root")))
        .isEqualTo(expanded);
  }

  @Test
  void isThatOfTheListOfUsersWhereTheEnvironmentNamesNone() {
    assertThat(HomeFolder.expand("~/x", Map.of(), users("/home/listed")))
        .isEqualTo("/home/listed/x");
    assertThat(HomeFolder.expand("~/x", Map.of("HOME", ""), users("/home/listed")))
        .isEqualTo("/home/listed/x");
  }

  @ParameterizedTest
  @CsvSource({
    "~other/x, for your own home",
    "~x, ./~x is a file",
    "${HOME}/x, without variables",
    "$HOME/x, without variables",
    "$HOME, without variables",
    "${?TMPDIR}, without variables"
  })
  void refusesWhatAShellWouldHaveExpanded(String path, String expectation) {
    assertThatThrownBy(() -> HomeFolder.expand(path, Map.of("HOME", "/h"), users("/h")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(path + " (expected: ")
        .hasMessageContaining(expectation);
  }

  @Test
  void isMissingForAUserWithoutOne() {
    // what Java says of a user who is not in the system's list
    assertThatThrownBy(() -> HomeFolder.expand("~/x", Map.of(), users("?")))
        .hasMessageContaining("this user has no home");
  }

  private static Properties users(String home) {
    Properties properties = new Properties();
    properties.setProperty("user.home", home);
    return properties;
  }
}
