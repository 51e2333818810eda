// Of this package, put in by the build.
declare const PAGE_VERSION: string;
