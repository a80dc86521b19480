package org.millrace.fault;

import org.millrace.storage.StoredFile;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/** A file that passes everything on; the fault storages override what they are about. */
class DelegatingFile implements StoredFile {
    protected final StoredFile target;

    DelegatingFile(StoredFile target) {
        this.target = target;
    }

    @Override
    public Path path() {
        return target.path();
    }

    @Override
    public long size() {
        return target.size();
    }

    @Override
    public void read(long offset, MemorySegment to) {
        target.read(offset, to);
    }

    @Override
    public void write(long offset, MemorySegment from) {
        target.write(offset, from);
    }

    @Override
    public void sync() {
        target.sync();
    }

    @Override
    public void truncate(long size) {
        target.truncate(size);
    }

    @Override
    public void allocate(long offset, long length) {
        target.allocate(offset, length);
    }

    @Override
    public long dataFrom(long offset) {
        return target.dataFrom(offset);
    }

    @Override
    public boolean isResident(long offset, long length) {
        return target.isResident(offset, length);
    }

    @Override
    public void lock() {
        target.lock();
    }

    @Override
    public void close() {
        target.close();
    }
}
