package org.millrace.log.wal;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;

import org.millrace.format.WalHeader;
import org.millrace.memory.ErrorCode;
import org.millrace.memory.MillraceException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;

import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Compresses and encrypts the chunks of one segment: zstd, then AES-256-GCM.
 *
 * <p>Every rewritten file has a random salt and so a key of its own (HKDF-SHA256), therefore the
 * chunk's number is nonce enough. Log, segment, number and count of the chunk are authenticated, so
 * that chunks cannot be moved, left out or taken from elsewhere.
 *
 * <p><b>Threads.</b> Any; has no changing state.
 */
final class WalChunkCodec {
    private static final int TAG_BITS = 128;

    private final WalHeader header;
    private final int zstdLevel;
    private final SecretKey key;

    /**
     * @param header says which of both apply
     * @param zstdLevel for compressing
     * @param logKey 32 bytes; may be null when not encrypted
     * @throws MillraceException ERR_ARGUMENT: the key, or the zstd library, is missing
     */
    WalChunkCodec(WalHeader header, int zstdLevel, byte[] logKey, String file) {
        this.header = header;
        this.zstdLevel = zstdLevel;
        if (header.has(WalHeader.AES_GCM) && logKey == null) {
            throw new MillraceException(
                    ErrorCode.ERR_ARGUMENT,
                    file + ": the segment is encrypted; open the log with its key");
        }
        this.key = header.has(WalHeader.AES_GCM) ? derive(logKey) : null;
        if (header.has(WalHeader.ZSTD)) {
            requireZstd(file);
        }
    }

    byte[] encode(byte[] plain, int number, int count) {
        var stored = header.has(WalHeader.ZSTD) ? Zstd.compress(plain, zstdLevel) : plain;
        return key == null ? stored : crypt(Cipher.ENCRYPT_MODE, stored, number, count);
    }

    /** The plain bytes, or null: damaged, or another key. */
    byte[] decode(byte[] stored, int plainLength, int number, int count) {
        var bytes = key == null ? stored : crypt(Cipher.DECRYPT_MODE, stored, number, count);
        if (bytes == null || !header.has(WalHeader.ZSTD)) {
            return bytes == null || bytes.length != plainLength ? null : bytes;
        }
        try {
            var plain = new byte[plainLength];
            return Zstd.decompress(plain, bytes) == plainLength ? plain : null;
        } catch (ZstdException e) {
            return null;
        }
    }

    private byte[] crypt(int mode, byte[] bytes, int number, int count) {
        try {
            var cipher = Cipher.getInstance("AES/GCM/NoPadding");
            var nonce = ByteBuffer.allocate(12).putInt(8, number).array();
            cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
            cipher.updateAAD(identity().putInt(16, number).putInt(20, count).array());
            return cipher.doFinal(bytes);
        } catch (GeneralSecurityException e) {
            if (mode == Cipher.DECRYPT_MODE) {
                return null;
            }
            throw new MillraceException(ErrorCode.ERR_INTERNAL, "AES-GCM: " + e.getMessage(), e);
        }
    }

    private SecretKey derive(byte[] logKey) {
        var salt =
                ByteBuffer.allocate(16)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(header.cipherSalt())
                        .putLong(header.cipherSalt2());
        var info = ByteBuffer.allocate(36);
        info.put("millrace wal".getBytes(StandardCharsets.US_ASCII)).put(identity().array());
        try {
            var parameters =
                    HKDFParameterSpec.ofExtract()
                            .addIKM(new SecretKeySpec(logKey, "AES"))
                            .addSalt(salt.array())
                            .thenExpand(info.array(), 32);
            return KDF.getInstance("HKDF-SHA256").deriveKey("AES", parameters);
        } catch (GeneralSecurityException e) {
            throw new MillraceException(ErrorCode.ERR_INTERNAL, "HKDF: " + e.getMessage(), e);
        }
    }

    /** 24 bytes: log, segment, and room for two numbers. */
    private ByteBuffer identity() {
        return ByteBuffer.allocate(24)
                .putLong(0, header.logId())
                .putLong(8, header.segmentNumber());
    }

    private static void requireZstd(String file) {
        try {
            Zstd.compressBound(1);
        } catch (LinkageError e) {
            throw new MillraceException(
                    ErrorCode.ERR_ARGUMENT,
                    file + ": compression needs com.github.luben:zstd-jni on the class path",
                    e);
        }
    }
}
