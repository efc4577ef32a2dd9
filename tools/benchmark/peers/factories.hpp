// One maker per peer; those of this build are declared in CMakeLists.txt by SPORKLE_BENCH_<PEER>.
#pragma once

#include "tools/benchmark/peers/peer.hpp"

namespace sporkle::bench {

std::unique_ptr<Peer> make_compiler();
std::unique_ptr<Peer> make_openblas();
std::unique_ptr<Peer> make_blis();
std::unique_ptr<Peer> make_libxsmm();
std::unique_ptr<Peer> make_onednn();
std::unique_ptr<Peer> make_eigen();

}  // namespace sporkle::bench
