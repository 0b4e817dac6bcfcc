// Part of statically linked programs alone.
//
// The start files of GCC for them register all unwind tables by hand, and the first exception then
// sorts the tables of the whole program: ten milliseconds, more than most runs take. With nothing
// registered, the unwinder looks into the sorted index that the linker writes (--eh-frame-hdr). The
// linker puts these functions in place of libgcc's (--wrap).

extern "C" {

// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): the linker asks for
// these names
void __wrap___register_frame_info(const void* /*begin*/, void* /*object*/) {}

void* __wrap___deregister_frame_info(const void* /*begin*/) { return nullptr; }
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

}  // extern "C"
