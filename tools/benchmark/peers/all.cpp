// The peers of this build.
#include "tools/benchmark/peers/factories.hpp"

namespace sporkle::bench {
namespace {

struct Known {
    const char *name, *package;
    std::unique_ptr<Peer> (*make)();  // null where CMake did not find it
};

constexpr Known known[] = {
    {"plain C++", "g++", make_compiler},
#ifdef SPORKLE_BENCH_OPENBLAS
    {"OpenBLAS", "libopenblas-dev", make_openblas},
#else
    {"OpenBLAS", "libopenblas-dev", nullptr},
#endif
#ifdef SPORKLE_BENCH_ONEDNN
    {"oneDNN", "libdnnl-dev", make_onednn},
#else
    {"oneDNN", "libdnnl-dev", nullptr},
#endif
#ifdef SPORKLE_BENCH_BLIS
    {"BLIS", "libblis-dev", make_blis},
#else
    {"BLIS", "libblis-dev", nullptr},
#endif
#ifdef SPORKLE_BENCH_LIBXSMM
    {"libxsmm", "libxsmm-dev", make_libxsmm},
#else
    {"libxsmm", "libxsmm-dev", nullptr},
#endif
#ifdef SPORKLE_BENCH_EIGEN
    {"Eigen", "libeigen3-dev", make_eigen},
#else
    {"Eigen", "libeigen3-dev", nullptr},
#endif
};

}  // namespace

std::vector<std::unique_ptr<Peer>> all_peers() {
    std::vector<std::unique_ptr<Peer>> peers;
    for (const Known& peer : known)
        if (peer.make != nullptr) peers.push_back(peer.make());
    return peers;
}

std::vector<std::string> missing_peers() {
    std::vector<std::string> missing;
    for (const Known& peer : known)
        if (peer.make == nullptr) missing.push_back(std::string(peer.name) + " (" + peer.package + ")");
    return missing;
}

}  // namespace sporkle::bench
