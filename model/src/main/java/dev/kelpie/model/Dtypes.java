package dev.kelpie.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The number formats of weights: F32, BF16 and F16, little-endian. */
public final class Dtypes {
  private Dtypes() {}

  /** Throws unless {@code dtype} is F32, BF16 or F16. */
  public static void require(String dtype) {
    torchName(dtype);
  }

  /** Bytes of one number. */
  public static int bytes(String dtype) {
    require(dtype);
    return dtype.equals("F32") ? 4 : 2;
  }

  /** Its name in {@code config.json}. */
  static String torchName(String dtype) {
    return switch (dtype) {
      case "F32" -> "float32";
      case "BF16" -> "bfloat16";
      case "F16" -> "float16";
      default ->
          throw new IllegalArgumentException("dtype: " + dtype + " (expected: F32, BF16 or F16)");
    };
  }

  /**
   * The numbers between position and limit of {@code chunk} in another format. Widening is exact;
   * narrowing rounds to the nearest, ties to even, and keeps NaN and infinities. Moves the position
   * of {@code chunk} to its limit, or returns {@code chunk} itself where nothing changes.
   */
  public static ByteBuffer convert(ByteBuffer chunk, String from, String to) {
    if (from.equals(to)) {
      return chunk;
    }
    ByteBuffer in = chunk.order(ByteOrder.LITTLE_ENDIAN);
    int count = in.remaining() / bytes(from);
    ByteBuffer out = ByteBuffer.allocate(count * bytes(to)).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      write(out, to, read(in, from));
    }
    return out.flip();
  }

  /**
   * How many of the numbers between position and limit of {@code chunk} are NaN or infinite: those
   * whose exponent is all ones.
   */
  public static long countNonFinite(ByteBuffer chunk, String dtype) {
    ByteBuffer in = chunk.order(ByteOrder.LITTLE_ENDIAN);
    long count = 0;
    if (bytes(dtype) == 4) {
      for (int at = in.position(); at < in.limit(); at += 4) {
        count += (in.getInt(at) & 0x7f800000) == 0x7f800000 ? 1 : 0;
      }
      return count;
    }
    int exponent = dtype.equals("BF16") ? 0x7f80 : 0x7c00;
    for (int at = in.position(); at < in.limit(); at += 2) {
      count += (in.getShort(at) & exponent) == exponent ? 1 : 0;
    }
    return count;
  }

  private static float read(ByteBuffer in, String dtype) {
    return switch (dtype) {
      case "F32" -> in.getFloat();
      case "BF16" -> Float.intBitsToFloat(in.getShort() << 16);
      default -> halfToFloat(in.getShort());
    };
  }

  private static void write(ByteBuffer out, String dtype, float value) {
    switch (dtype) {
      case "F32" -> out.putFloat(value);
      case "BF16" -> out.putShort(floatToBfloat16(value));
      default -> out.putShort(floatToHalf(value));
    }
  }

  /** Sign, 8 bits of exponent, 7 of mantissa: the upper half of a float. */
  static short floatToBfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) ((bits >>> 16) | 0x40);
    }
    return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }

  /** Sign, 5 bits of exponent, 10 of mantissa. */
  static float halfToFloat(short half) {
    int exponent = (half >>> 10) & 0x1f;
    int mantissa = half & 0x3ff;
    float sign = half < 0 ? -1 : 1;
    if (exponent == 0) {
      return sign * mantissa * 0x1p-24f;
    }
    if (exponent == 31) {
      return mantissa == 0 ? sign * Float.POSITIVE_INFINITY : Float.NaN;
    }
    return sign * Math.scalb(1024f + mantissa, exponent - 25);
  }

  static short floatToHalf(float value) {
    int sign = (Float.floatToRawIntBits(value) >>> 16) & 0x8000;
    float size = Math.abs(value);
    if (Float.isNaN(value)) {
      return (short) (sign | 0x7e00);
    }
    if (size >= 65520f) { // half way from the largest finite half to the next power of two
      return (short) (sign | 0x7c00);
    }
    // One unit in the last place of a half near this size; Math.rint rounds ties to even.
    int exponent = Math.max(Math.getExponent(size), -14);
    int units = (int) Math.rint(size * Math.scalb(1.0, 10 - exponent));
    // A subnormal counts units from 0; a normal one has the implicit bit 1024 in them, and a carry
    // to 2048 moves into the exponent by itself.
    return (short) (sign | (((exponent + 14) << 10) + units));
  }
}
