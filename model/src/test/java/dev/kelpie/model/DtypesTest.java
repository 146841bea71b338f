package dev.kelpie.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class DtypesTest {
  @Test
  void everyHalfSurvivesTheWayThroughAFloat() {
    for (int bits = 0; bits <= 0xffff; bits++) {
      float value = Dtypes.halfToFloat((short) bits);
      if (!Float.isNaN(value)) {
        assertThat(Dtypes.floatToHalf(value)).isEqualTo((short) bits);
      }
    }
    assertThat(Dtypes.halfToFloat(Dtypes.floatToHalf(Float.NaN))).isNaN();
  }

  @Test
  void roundsHalvesToTheNearestAndTiesToEven() {
    // Around 1 a half moves in steps of 2^-10; 1 + 2^-11 lies between 1 (even) and 1 + 2^-10.
    assertThat(Dtypes.halfToFloat(Dtypes.floatToHalf(1 + 0x1p-11f))).isEqualTo(1f);
    assertThat(Dtypes.halfToFloat(Dtypes.floatToHalf(1 + 0x1.8p-10f))).isEqualTo(1 + 0x1p-9f);
    assertThat(Dtypes.halfToFloat(Dtypes.floatToHalf(65519f))).isEqualTo(65504f);
    assertThat(Dtypes.halfToFloat(Dtypes.floatToHalf(65520f))).isInfinite();
    assertThat(Dtypes.halfToFloat(Dtypes.floatToHalf(0x1p-25f))).isEqualTo(0f);
    assertThat(Dtypes.halfToFloat(Dtypes.floatToHalf(0x1.8p-25f))).isEqualTo(0x1p-24f);
  }

  @Test
  void roundsBfloat16ToTheNearestAndTiesToEven() {
    // Around 1 a bfloat16 moves in steps of 2^-7.
    assertThat(Dtypes.floatToBfloat16(1 + 0x1p-8f)).isEqualTo((short) 0x3f80);
    assertThat(Dtypes.floatToBfloat16(1 + 0x1.8p-7f)).isEqualTo((short) 0x3f82);
    assertThat(Dtypes.floatToBfloat16(-2f)).isEqualTo((short) 0xc000);
    assertThat(Dtypes.floatToBfloat16(Float.MAX_VALUE)).isEqualTo((short) 0x7f80);
    assertThat(Dtypes.floatToBfloat16(Float.intBitsToFloat(0x7f800001))).isEqualTo((short) 0x7fc0);
  }

  @Test
  void countsWhatIsNotFinite() {
    ByteBuffer floats = ByteBuffer.allocate(20).order(ByteOrder.LITTLE_ENDIAN);
    floats.putFloat(1).putFloat(Float.NaN).putFloat(Float.NEGATIVE_INFINITY);
    floats.putFloat(Float.MAX_VALUE).putFloat(-0f).flip();
    assertThat(Dtypes.countNonFinite(floats.duplicate(), "F32")).isEqualTo(2);
    ByteBuffer brains = Dtypes.convert(floats.duplicate(), "F32", "BF16");
    // The largest float rounds to infinity in both halves' formats.
    assertThat(Dtypes.countNonFinite(brains, "BF16")).isEqualTo(3);
    ByteBuffer halves = Dtypes.convert(floats.duplicate(), "F32", "F16");
    assertThat(Dtypes.countNonFinite(halves, "F16")).isEqualTo(3);
  }
}
