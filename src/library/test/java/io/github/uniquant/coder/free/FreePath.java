package io.github.uniquant.coder.free;

import io.github.uniquant.internal.kernel.FreeKernels;
import io.github.uniquant.internal.kernel.KernelProvider;
import io.github.uniquant.internal.kernel.Kernels;
import io.github.uniquant.table.free.TableFreeCdfs;
import java.util.List;

/** A way through the table-free coder. All of them must write the same bytes and read each other's. */
record FreePath(Kernels kernels, FreeKernels freeKernels) {
    /** Every path that this process can run: the scalar kernels, and the vector kernels where it has chosen them. */
    static List<FreePath> all() {
        FreePath scalar = new FreePath(KernelProvider.scalar(), KernelProvider.scalarFree());
        FreePath chosen = new FreePath(KernelProvider.kernels(), KernelProvider.freeKernels());
        return chosen.equals(scalar) ? List.of(scalar) : List.of(scalar, chosen);
    }

    FreeEncoder encoder(TableFreeCdfs cdfs) {
        return new FreeEncoder(cdfs, kernels, freeKernels);
    }

    FreeDecoder decoder(TableFreeCdfs cdfs, boolean sanityCheck) {
        return new FreeDecoder(cdfs, sanityCheck, freeKernels);
    }

    @Override
    public String toString() {
        return freeKernels.name();
    }
}
